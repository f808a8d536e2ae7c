// Appends to Emmett's event store for PostgreSQL, with WRITERS writers for SECONDS seconds and COUNT events a call.
// node emmett.js URL WRITERS SECONDS COUNT -> {"rate": events a second, "p99": milliseconds a call}
import { randomUUID } from "node:crypto";
import { getPostgreSQLEventStore } from "@event-driven-io/emmett-postgresql";

const [url, writers, seconds, count] = [process.argv[2], ...process.argv.slice(3).map(Number)];
const store = getPostgreSQLEventStore(url);
const event = {
  type: "PaymentRequested",
  data: { on: "2004-06-15", partnership_id: "partnership-01890000-0000-7000-8000-000000000001", number: 1 },
};
const events = Array.from({ length: count }, () => event);
const took = [];

const append = () =>
  store.appendToStream(`award-${randomUUID()}`, events, { expectedStreamVersion: "STREAM_DOES_NOT_EXIST" });

await append();
const began = performance.now();
await Promise.all(
  Array.from({ length: writers }, async () => {
    while (performance.now() - began < seconds * 1000) {
      const started = performance.now();
      await append();
      took.push(performance.now() - started);
    }
  }),
);
const spent = (performance.now() - began) / 1000;
took.sort((a, b) => a - b);
console.log(JSON.stringify({ rate: (took.length * count) / spent, p99: took[Math.max(0, Math.floor(took.length * 0.99) - 1)] }));
await store.close();
