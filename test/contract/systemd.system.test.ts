import { contract } from './contract.ts';
import { systemd } from './worlds/systemd.ts';

contract(systemd);
