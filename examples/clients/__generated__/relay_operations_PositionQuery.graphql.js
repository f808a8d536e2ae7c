/**
 * @generated SignedSource<<6f308e9882f2f23d553779141dc2b655>>
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

var node = (function(){
var v0 = [
  {
    "alias": null,
    "args": null,
    "concreteType": "Log",
    "kind": "LinkedField",
    "name": "log",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "position",
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": [],
    "kind": "Fragment",
    "metadata": null,
    "name": "relay_operations_PositionQuery",
    "selections": (v0/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [],
    "kind": "Operation",
    "name": "relay_operations_PositionQuery",
    "selections": (v0/*:: as any*/)
  },
  "params": {
    "cacheID": "a818850b0166466880304ba47a955c3a",
    "id": null,
    "metadata": {},
    "name": "relay_operations_PositionQuery",
    "operationKind": "query",
    "text": "query relay_operations_PositionQuery {\n  log {\n    position\n  }\n}\n"
  }
};
})();

node.hash = "ab2bb5c3c5afb094ce09652739cd29bb";

export default node;
