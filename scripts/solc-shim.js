#!/usr/bin/env node
// solc, as py-solc-x, Foundry and slither expect it on the command line, served by the npm package `solc`
// (WebAssembly). Answers `--version`, and `--standard-json` with imports read from disk.
//
//   solc-shim.js --serve <socket>    keep a compiler loaded; with FAIRSIGNAL_SOLC_SOCKET=<socket>, others ask it
//
// Loading and warming up WebAssembly takes seconds: mutation testing, which compiles a thousand times, keeps one.
"use strict";
const fs = require("fs");
const net = require("net");
const path = require("path");
const root = process.env.FAIRSIGNAL_ROOT || path.resolve(__dirname, "..");

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

function importer(args, cwd) {
  const valued = (name) => args.flatMap((arg, i) => (arg === name ? [args[i + 1]] : []));
  const allowed = valued("--allow-paths").flatMap((paths) => paths.split(","));
  const roots = [cwd, ...valued("--base-path"), ...valued("--include-path"), ...allowed, root];
  return (name) => {
    for (const base of roots) {
      const file = path.resolve(base, name);
      if (fs.existsSync(file)) return { contents: fs.readFileSync(file, "utf8") };
    }
    return { error: `file not found: ${name} (looked in ${roots.join(", ")})` };
  };
}

function answer({ args, cwd, input }) {
  const solc = require(path.join(root, "node_modules", "solc"));
  if (args.includes("--version")) {
    const version = solc.version().replace(".Emscripten.clang", "");
    return `solc, the solidity compiler commandline interface\nVersion: ${version}.Linux.g++\n`;
  }
  return solc.compile(input, { import: importer(args, cwd) });
}

// A connection carries one question, ended by its sender, and one answer.
function serve(socket) {
  // Whoever started this holds the other end of standard input, and lets go of it in whatever way it ends.
  process.stdin.on("end", () => process.exit(0)).resume();
  net
    .createServer({ allowHalfOpen: true }, (connection) => {
      const parts = [];
      connection.on("data", (part) => parts.push(part));
      connection.on("end", () => connection.end(answer(JSON.parse(Buffer.concat(parts).toString("utf8")))));
      connection.on("error", () => {});
    })
    .listen(socket);
}

function ask(socket, question) {
  const parts = [];
  const connection = net.createConnection({ path: socket, allowHalfOpen: true }, () => connection.end(JSON.stringify(question)));
  connection.on("data", (part) => parts.push(part));
  connection.on("end", () => print(Buffer.concat(parts).toString("utf8")));
  connection.on("error", (error) => {
    process.stderr.write(`solc shim: no answer at ${socket}: ${error.message}\n`);
    process.exit(1);
  });
}

function main(args) {
  if (args[0] === "--serve") return serve(args[1]);
  if (!args.includes("--version") && !args.includes("--standard-json")) {
    process.stderr.write("solc shim: only --version, --standard-json and --serve are served\n");
    process.exit(1);
  }
  const question = { args, cwd: process.cwd(), input: args.includes("--version") ? "" : fs.readFileSync(0, "utf8") };
  const socket = process.env.FAIRSIGNAL_SOLC_SOCKET;
  if (socket) return ask(socket, question);
  print(answer(question));
}

main(process.argv.slice(2));
