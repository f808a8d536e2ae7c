// Checks receipts with the verifier of the Sigstore project. It reads one JSON object a line, and answers each with a
// line: "yes", or "no" and the reason.
import { createHash, createPublicKey } from "node:crypto";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const folder = require.resolve("@sigstore/verify").replace(/index\.js$/, "tlog/");
const { verifyMerkleInclusion } = require(`${folder}merkle.js`);
const { verifyCheckpoint } = require(`${folder}checkpoint.js`);

// The head of an Ed25519 key in DER: its 32 bytes follow.
const DER = Buffer.from("302a300506032b6570032100", "hex");

for await (const line of createInterface({ input: process.stdin })) {
  const { name, key, entry, index, proof, note } = JSON.parse(line);
  const raw = Buffer.from(key, "base64");
  const log = {
    baseURL: name,
    logID: createHash("sha256").update(`${name}\n`).update(Buffer.from([1])).update(raw).digest(),
    publicKey: createPublicKey({ key: Buffer.concat([DER, raw]), format: "der", type: "spki" }),
  };
  const asked = {
    canonicalizedBody: Buffer.from(entry, "base64"),
    inclusionProof: {
      logIndex: String(index),
      hashes: proof.map((hash) => Buffer.from(hash, "base64")),
      checkpoint: { envelope: note },
    },
  };
  try {
    verifyMerkleInclusion(asked, verifyCheckpoint(asked, [log]));
    console.log("yes");
  } catch (error) {
    console.log(`no: ${error.message}`);
  }
}
