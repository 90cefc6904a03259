'use strict';
// Apart from memoryd.cjs, which must be read by a Node that knows no import().
exports.whole = () => import('./main.js');
exports.host = (args) => require('./host/main.js').fastHost(args, exports.whole);
