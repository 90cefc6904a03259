import { contract } from './contract.ts';
import { standalone } from './worlds/standalone.ts';

contract(standalone);
