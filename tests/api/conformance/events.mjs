// Follows with graphql-sse the events after a position, prints the positions of so many, and ends.
import { createClient } from 'graphql-sse';

const [url, after, number] = process.argv.slice(2);
const client = createClient({ url, retryAttempts: 0 });
const query = 'subscription ($after: LogPosition) { events(after: $after) { position } }';
const positions = [];
for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
  if (errors) throw new Error(JSON.stringify(errors));
  positions.push(Number(data.events.position));
  if (positions.length === Number(number)) break;
}
client.dispose();

// A query is one answer and the end.
const asked = createClient({ url, retryAttempts: 0 });
const answers = [];
for await (const answer of asked.iterate({ query: '{ log { position } }' })) answers.push(answer.data.log.position);
asked.dispose();
process.stdout.write(JSON.stringify({ positions, answers }));
