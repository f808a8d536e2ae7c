/**
 * @generated SignedSource<<bb8fe10c7c7d8f0045fc9fa6fe177943>>
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

var node = (function(){
var v0 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Literal",
        "name": "filter",
        "value": {
          "breachedOnly": true,
          "openOnly": true
        }
      },
      {
        "kind": "Literal",
        "name": "first",
        "value": 100
      }
    ],
    "concreteType": "DelayConnection",
    "kind": "LinkedField",
    "name": "delays",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "concreteType": "Delay",
        "kind": "LinkedField",
        "name": "nodes",
        "plural": true,
        "selections": [
          {
            "alias": null,
            "args": null,
            "concreteType": "Bid",
            "kind": "LinkedField",
            "name": "bid",
            "plural": false,
            "selections": [
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "id",
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "reference",
                "storageKey": null
              }
            ],
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "concreteType": "BidClock",
            "kind": "LinkedField",
            "name": "clock",
            "plural": false,
            "selections": [
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "openDays",
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "waitingFor",
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "waitingOn",
                "storageKey": null
              }
            ],
            "storageKey": null
          }
        ],
        "storageKey": null
      }
    ],
    "storageKey": "delays(filter:{\"breachedOnly\":true,\"openOnly\":true},first:100)"
  }
];
return {
  "fragment": {
    "argumentDefinitions": [],
    "kind": "Fragment",
    "metadata": null,
    "name": "relay_operations_LateBidsQuery",
    "selections": (v0/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [],
    "kind": "Operation",
    "name": "relay_operations_LateBidsQuery",
    "selections": (v0/*:: as any*/)
  },
  "params": {
    "cacheID": "39a7eae20944ca7fd9594589e9244c2c",
    "id": null,
    "metadata": {},
    "name": "relay_operations_LateBidsQuery",
    "operationKind": "query",
    "text": "query relay_operations_LateBidsQuery {\n  delays(filter: {openOnly: true, breachedOnly: true}, first: 100) {\n    nodes {\n      bid {\n        id\n        reference\n      }\n      clock {\n        openDays\n        waitingFor\n        waitingOn\n      }\n    }\n  }\n}\n"
  }
};
})();

node.hash = "675df92fca991befd64f96936e0aea51";

export default node;
