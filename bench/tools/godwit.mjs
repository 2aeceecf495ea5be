// Godwit's engine, as a worker runs it: compiled, one slice that is the whole index.
import { copySlice } from '../../dist/src/transfer/copy-slice.js';
import { clusterOf, task } from './connection.mjs';

const { index, targetIndex, averageBytes, options } = task;
const result = await copySlice(clusterOf('source'), clusterOf('target'), { index, targetIndex, averageBytes, ...options, signal: new AbortController().signal });
if (result.refused > 0) throw new Error(JSON.stringify(result.deadLetters.slice(0, 3)));
process.exit(0);
