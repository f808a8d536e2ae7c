// Builds the timeline of a partnership live: node timeline.mjs [CODE] [NUMBER OF ENTRIES]
import { createClient } from 'graphql-ws';

const url = process.env.FUNDTRAIL_URL ?? 'http://127.0.0.1:8000/graphql';
const [code = 'worcestershire-partnership', most = 'Infinity'] = process.argv.slice(2);

const PARTNERSHIP = 'query ($code: String!) { partnership(code: $code) { id name } }';
// Only events of a timeline have a lane.
const EVENTS = `subscription ($id: ID!, $after: LogPosition) {
  events(partnership: $id, after: $after, lanes: [GOVERNANCE, BID, AWARD, DISBURSEMENT, DELIVERY, OUTCOME, SUPPORT]) {
    position
    name
    effective { text earliest latest }
  }
}`;

// One connection for all requests: it stays open between the query and the subscription.
const client = createClient({ url: url.replace(/^http/, 'ws'), retryAttempts: 0, lazyCloseTimeout: 5000 });
const timeline = [];
let last = '0';

// Positions can be too long for an exact JavaScript number, so they are compared as BigInt.
const firstDay = ({ effective }) => effective?.earliest ?? effective?.latest ?? '9999-12-31';
const before = (a, b) =>
  firstDay(a) === firstDay(b) ? BigInt(a.position) < BigInt(b.position) : firstDay(a) < firstDay(b);

function add(event) {
  const place = timeline.findIndex((other) => before(event, other));
  timeline.splice(place < 0 ? timeline.length : place, 0, event);
}

const line = ({ effective, name, position }) =>
  `${(effective?.text ?? 'unknown').replace('unknown', '').padEnd(22)} ${name} (${position})`;

async function ask(query, variables) {
  for await (const { data, errors } of client.iterate({ query, variables })) {
    if (errors) throw new Error(errors.map(({ extensions, message }) => `${extensions.code}: ${message}`).join('\n'));
    return data;
  }
}

async function follow(id) {
  for await (const { data, errors } of client.iterate({ query: EVENTS, variables: { id, after: last } })) {
    if (errors) throw new Error(errors[0].message);
    add(data.events);
    last = data.events.position;
    console.log(`+ ${line(data.events)}`);
    if (timeline.length >= Number(most)) return;
  }
}

const { partnership } = await ask(PARTNERSHIP, { code });
if (!partnership) throw new Error(`There is no partnership ${code}.`);
console.log(partnership.name);
process.on('SIGINT', finish);

while (timeline.length < Number(most)) {
  try {
    await follow(partnership.id);
  } catch (error) {
    // A lost connection throws an event (with a code if it was closed). An error of the API ends the program.
    if (error instanceof Error) throw error;
    console.log(`connection lost (${error?.code ?? error?.type}); continuing after ${last}`);
    await new Promise((wait) => setTimeout(wait, 1000));
  }
}
await finish();

async function finish() {
  console.log('\nThe timeline:');
  for (const event of timeline) console.log(line(event));
  await client.dispose();
  process.exit(0);
}
