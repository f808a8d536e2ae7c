// Follows the log with graphql-sse from a position, asks a question, and prints what came of both.
import { createClient } from 'graphql-sse';
import { follow } from './follow.mjs';

const [url, after, number] = process.argv.slice(2);
const client = createClient({ url, retryAttempts: 0 });
const positions = await follow(client, after, number);

// A query is one answer and the end.
const answers = [];
for await (const { data } of client.iterate({ query: '{ log { position } }' })) answers.push(data.log.position);
client.dispose();
process.stdout.write(JSON.stringify({ positions, answers }));
