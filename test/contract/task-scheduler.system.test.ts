import { contract } from './contract.ts';
import { taskScheduler } from './worlds/task-scheduler.ts';

contract(taskScheduler);
