// A real OpenID Connect issuer on loopback. It prints its address, and ends when its standard input does.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const AUDIENCE = "fundtrail-api";

function key(kid, type, options, alg) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: "jwk" }), kid, alg, use: "sig" };
}

let answer = (_, response) => response.writeHead(503).end();
const server = createServer((request, response) => answer(request, response));
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    jwks: {
      keys: [
        key("rsa", "rsa", { modulusLength: 2048 }, "RS256"),
        key("ec", "ec", { namedCurve: "P-256" }, "ES256"),
      ],
    },
    clients: [
      {
        client_id: "fundtrail-pages",
        client_secret: "a-secret-of-the-tests",
        application_type: "native",
        redirect_uris: ["http://127.0.0.1/sign-in/return"],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
      {
        client_id: "nightly-import",
        client_secret: "another-secret-of-the-tests",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    cookies: { keys: ["a-cookie-key-of-the-tests"] },
    pkce: { required: () => true },
    claims: { openid: ["sub", "groups"] },
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, groups: ["payments"] }) }),
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_, client) => (client.clientId === "nightly-import" ? `urn:${AUDIENCE}` : []),
        getResourceServerInfo: () => ({
          scope: "api",
          audience: AUDIENCE,
          accessTokenFormat: "jwt",
          accessTokenTTL: 600,
          jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
  });
  answer = provider.callback();
  console.log(issuer);
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
