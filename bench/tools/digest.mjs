// Reads both indices whole and prints the digest of each: over id, routing and every byte of every document.
import { digestSlice } from '../../dist/src/verification/digest.js';
import { clusterOf, task } from './connection.mjs';

const { signal } = new AbortController();
const [before, after] = [await digestSlice(clusterOf('source'), { index: task.index, signal }), await digestSlice(clusterOf('target'), { index: task.targetIndex, signal })];
console.log(JSON.stringify({ before, after }));
process.exit(0);
