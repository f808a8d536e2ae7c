// Asks the API with one of three clients and prints JSON: node program.js apollo|urql|relay PARTNERSHIP PROGRAMME
// A timeline page by page, then live; the inbox of late bids; the ladder from programme to the events of an award.
const url = process.env.FUNDTRAIL_URL ?? 'http://127.0.0.1:8000/graphql';
const [name = 'apollo', code = 'nwin', programme = 'cbp'] = process.argv.slice(2);
const client = (await import(`./with_${name}.js`)).using(url);
const PAGE = 5;

// Each page is added to the list in the cache of the client, and the list is read from there.
async function timeline(atLeast) {
  let after = null;
  for (;;) {
    const { partnership } = await client.page({ code, first: PAGE, after, atLeast });
    const { pageInfo, edges } = partnership.timeline;
    if (!pageInfo.hasNextPage) return { id: partnership.id, entries: edges.map(({ node }) => node) };
    after = pageInfo.endCursor;
  }
}

const { position } = (await client.ask('Position', {})).log;
const first = await timeline(null);
console.log(JSON.stringify({ timeline: first.entries }));

// The subscription says that something was recorded; its position makes the next answer include it.
const event = await client.next('Events', { partnership: first.id, after: position });
console.log(JSON.stringify({ live: (await timeline(event.position)).entries, event }));

const { delays } = await client.ask('LateBids', {});
console.log(JSON.stringify({ late: delays.nodes }));

const awarded = ({ funding }) => Number(funding?.awarded.amount ?? 0);
const largest = (things) => things.reduce((one, other) => (awarded(other) > awarded(one) ? other : one));
const top = (await client.ask('Programme', { code: programme })).programme;
const scheme = largest(top.schemes);
const partnership = largest((await client.ask('Scheme', { id: scheme.id })).node.partnerships.nodes);
const award = largest((await client.ask('Awards', { id: partnership.id })).node.awards);
console.log(JSON.stringify({
  ladder: [top, scheme, partnership, award].map((one) => one.funding.awarded.amount),
  events: award.funding.awarded.events.nodes,
}));
process.exit(0);
