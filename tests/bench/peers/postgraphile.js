// PostGraphile over the tables of the read models: node postgraphile.js URL -> a line with its port, then it serves.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { jsonPgSmartTags } from "postgraphile/utils";

// The read models have no foreign keys, so the relations are declared here.
const belongs = (columns, to) => `(${columns}) references ${to}`;
const tags = {
  version: 1,
  config: {
    class: {
      "read.timeline": {
        tags: {
          foreignKey: [
            belongs("thing", "read.partnerships (id)"),
            belongs("position", "peer.events (position)"),
          ],
        },
      },
      "peer.events": { tags: { primaryKey: "position" } },
      "read.awards": { tags: { foreignKey: belongs("partnership_id", "read.partnerships (id)") } },
      "peer.payments": {
        tags: { primaryKey: "award_id,number", foreignKey: belongs("award_id", "read.awards (id)") },
      },
      "read.spans": { tags: { foreignKey: belongs("bid_id", "read.bids (id)") } },
      "peer.ladders": { tags: { primaryKey: "scope", foreignKey: belongs("scope", "read.partnerships (id)") } },
      "read.balances": { tags: { foreignKey: belongs("scope", "read.partnerships (id)") } },
    },
    attribute: {
      "read.timeline.sorts_on": { tags: { behavior: "+orderBy" } },
      "read.awards.position": { tags: { behavior: "+orderBy" } },
      "read.awards.amount": { tags: { behavior: "+orderBy" } },
      "read.awards.day": { tags: { behavior: "+orderBy" } },
      "read.awards.status": { tags: { behavior: "+filterBy" } },
      "read.awards.partnership_id": { tags: { behavior: "+filterBy" } },
      "read.spans.sorts_on": { tags: { behavior: "+orderBy" } },
      "read.spans.span": { tags: { behavior: "+filterBy" } },
      "read.spans.superseded": { tags: { behavior: "+filterBy" } },
    },
  },
};

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [jsonPgSmartTags(tags)],
  pgServices: [makePgService({ connectionString: process.argv[2], schemas: ["read", "peer"], poolConfig: { max: 8 } })],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
  grafast: { explain: false },
});
const server = createServer();
await instance.createServ(grafserv).addTo(server);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
