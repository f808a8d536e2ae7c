// A page of a timeline with the types that graphql-codegen made: node typed.ts ADDRESS PARTNERSHIP
import type { TimelineQuery, TimelineQueryVariables } from './__generated__/types.ts';
import { print } from 'graphql';
import { documents } from './documents.js';

declare const process: { argv: string[] };
const [, , url, code] = process.argv as [string, string, string, string];

async function ask<Answer, Variables>(name: string, variables: Variables): Promise<Answer> {
  const body = JSON.stringify({ query: print(documents[name]!), variables });
  const answer = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  return ((await answer.json()) as { data: Answer }).data;
}

const found = await ask<TimelineQuery, TimelineQueryVariables>('Timeline', { code, first: 5 });
for (const { node } of found.partnership?.timeline.edges ?? []) {
  // Amounts are strings: a number of JavaScript would round them.
  const amount: string = node.amount?.amount ?? '';
  console.log(JSON.stringify({ title: node.title, amount }));
}
