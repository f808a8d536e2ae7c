// Each operation of operations.graphql by its name, with the fragment that it needs.
import { readFileSync } from 'node:fs';
import { parse, print, separateOperations } from 'graphql';

const text = readFileSync(new URL('operations.graphql', import.meta.url), 'utf8');
export const documents = Object.fromEntries(
  Object.entries(separateOperations(parse(text))).map(([name, document]) => [name, parse(print(document))]),
);
