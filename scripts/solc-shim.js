#!/usr/bin/env node
// solc, as py-solc-x, Foundry and slither expect it on the command line, served by the npm package `solc`
// (WebAssembly). Answers `--version`, and `--standard-json` with imports read from disk.
"use strict";
const fs = require("fs");
const path = require("path");
const root = process.env.FAIRSIGNAL_ROOT || path.resolve(__dirname, "..");
const solc = require(path.join(root, "node_modules", "solc"));

// `process.stdout.write` before exit truncates at the pipe's 64 KiB; fs.writeSync in a loop does not.
function print(text) {
  const bytes = Buffer.from(text, "utf8");
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

const args = process.argv.slice(2);
if (args.includes("--version")) {
  const version = solc.version().replace(".Emscripten.clang", "");
  print(`solc, the solidity compiler commandline interface\nVersion: ${version}.Linux.g++\n`);
  process.exit(0);
}
if (!args.includes("--standard-json")) {
  process.stderr.write("solc shim: only --version and --standard-json are served\n");
  process.exit(1);
}

const valued = (name) => args.flatMap((arg, i) => (arg === name ? [args[i + 1]] : []));
const roots = [process.cwd(), ...valued("--base-path"), ...valued("--include-path"), ...valued("--allow-paths").flatMap((p) => p.split(",")), root];
function findImport(name) {
  for (const base of roots) {
    const file = path.resolve(base, name);
    if (fs.existsSync(file)) return { contents: fs.readFileSync(file, "utf8") };
  }
  return { error: `file not found: ${name} (looked in ${roots.join(", ")})` };
}

print(solc.compile(fs.readFileSync(0, "utf8"), { import: findImport }));
