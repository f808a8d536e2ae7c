/**
 * @generated SignedSource<<5d72cacf8bc7bba9f439a8622d4e44c7>>
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

var node = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "code"
  }
],
v1 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "id",
  "storageKey": null
},
v2 = {
  "alias": null,
  "args": null,
  "concreteType": "Funding",
  "kind": "LinkedField",
  "name": "funding",
  "plural": false,
  "selections": [
    {
      "alias": null,
      "args": null,
      "concreteType": "Figure",
      "kind": "LinkedField",
      "name": "awarded",
      "plural": false,
      "selections": [
        {
          "alias": null,
          "args": null,
          "kind": "ScalarField",
          "name": "amount",
          "storageKey": null
        }
      ],
      "storageKey": null
    }
  ],
  "storageKey": null
},
v3 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "code",
        "variableName": "code"
      }
    ],
    "concreteType": "Programme",
    "kind": "LinkedField",
    "name": "programme",
    "plural": false,
    "selections": [
      (v1/*:: as any*/),
      (v2/*:: as any*/),
      {
        "alias": null,
        "args": null,
        "concreteType": "Scheme",
        "kind": "LinkedField",
        "name": "schemes",
        "plural": true,
        "selections": [
          (v1/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "name",
            "storageKey": null
          },
          (v2/*:: as any*/)
        ],
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "relay_operations_ProgrammeQuery",
    "selections": (v3/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "relay_operations_ProgrammeQuery",
    "selections": (v3/*:: as any*/)
  },
  "params": {
    "cacheID": "d3b574dd82c84181f846c6d8ad47c962",
    "id": null,
    "metadata": {},
    "name": "relay_operations_ProgrammeQuery",
    "operationKind": "query",
    "text": "query relay_operations_ProgrammeQuery(\n  $code: String!\n) {\n  programme(code: $code) {\n    id\n    funding {\n      awarded {\n        amount\n      }\n    }\n    schemes {\n      id\n      name\n      funding {\n        awarded {\n          amount\n        }\n      }\n    }\n  }\n}\n"
  }
};
})();

node.hash = "92ea83471526579f3d7e81201947719e";

export default node;
