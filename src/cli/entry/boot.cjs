'use strict';
import('./main.js');
