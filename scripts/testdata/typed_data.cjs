// Hashes every document of standard input (a JSON array of texts) as the JavaScript programs do, and writes what each
// made of it: {convention: digest or null}, one object a document.
"use strict";

const sig = require("@metamask/eth-sig-util");
const ethers6 = require("ethers");
const ethers5 = require("ethers5");
const viem = require("viem");

const text = require("fs").readFileSync(0, "utf8");

const hex = (bytes) => "0x" + Buffer.from(bytes).toString("hex");

// Signers that are given a document with another name for the message, or without the name of its type, are called
// with both.
function complete(document) {
  const whole = { ...document };
  if (whole.message === undefined && whole.value !== undefined) {
    whole.message = whole.value;
    delete whole.value;
  }
  if (whole.primaryType === undefined) {
    const { EIP712Domain, ...types } = whole.types;
    whole.primaryType = ethers6.TypedDataEncoder.getPrimaryType(types);
  }
  return whole;
}

function ethers(encoder, document) {
  const { EIP712Domain, ...types } = document.types;
  // ethers' callers pass the domain: a document without one has nothing to pass.
  if (document.domain === undefined) throw new Error("no domain");
  return encoder.hash(document.domain, types, document.message ?? document.value);
}

const programs = {
  "eth-sign-typed-data-v4": (d) => hex(sig.TypedDataUtils.eip712Hash(complete(d), "V4")),
  "eth-sign-typed-data-v3": (d) => hex(sig.TypedDataUtils.eip712Hash(complete(d), "V3")),
  "ethers-v6": (d) => ethers(ethers6.TypedDataEncoder, d),
  "ethers-v5": (d) => ethers(ethers5.utils._TypedDataEncoder, d),
  viem: (d) => viem.hashTypedData(complete(d)),
};

const found = JSON.parse(text).map((document) => {
  const row = {};
  for (const [name, program] of Object.entries(programs)) {
    try {
      row[name] = program(JSON.parse(document));
    } catch (error) {
      row[name] = null;
      if (process.env.WHY) console.error(name, document.slice(0, 200), String(error).slice(0, 200));
    }
  }
  return row;
});
process.stdout.write(JSON.stringify(found));
