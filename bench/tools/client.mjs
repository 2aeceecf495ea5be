// What a careful person writes in an hour: the official client's scroll and bulk helpers, with their defaults but for
// the page size. The client is Godwit's, since version 9 does not talk to an 8.x server by itself.
import { clusterOf, task } from './connection.mjs';

const { index, targetIndex } = task;
const [source, target] = [clusterOf('source').client, clusterOf('target').client];

async function* documents() {
  for await (const answer of source.helpers.scrollSearch({ index, size: task.options.size ?? 1_000, sort: ['_doc'], query: { match_all: {} } })) {
    for (const hit of answer.body.hits.hits) yield hit;
  }
}

const result = await target.helpers.bulk({
  datasource: documents(),
  onDocument: (hit) => [{ index: { _index: targetIndex, _id: hit._id, routing: hit._routing } }, hit._source],
  onDrop: ({ error }) => {
    throw new Error(JSON.stringify(error));
  },
});
if (result.failed > 0) throw new Error(`${result.failed} documents failed`);
process.exit(0);
