import { contract } from './contract.ts';
import { launchd } from './worlds/launchd.ts';

contract(launchd);
