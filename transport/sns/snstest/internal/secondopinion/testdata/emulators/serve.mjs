// Serves an emulator to the tests: node serve.mjs <fauxqs|local-aws-sqs> <its entry file>. Each line "start" on the
// standard input starts a server of its own on a free port, and is answered by the port; "stop <port>" stops it. The
// process ends with its input, and so with the test.
import net from "node:net";
import readline from "node:readline";
import { pathToFileURL } from "node:url";

// fauxqs listens on all interfaces, whatever it is told.
const { listen } = net.Server.prototype;
net.Server.prototype.listen = function (first, ...rest) {
  return first === null || typeof first !== "object"
    ? listen.call(this, first, ...rest)
    : listen.call(this, { ...first, host: "127.0.0.1" }, ...rest);
};

const [name, entry] = process.argv.slice(2);
const emulator = await import(pathToFileURL(entry));

const start = {
  async fauxqs() {
    const server = await emulator.startFauxqs({ port: 0, logger: false });
    return { port: server.port, stop: () => server.stop() };
  },
  async "local-aws-sqs"() {
    const server = await emulator.createSqsServer({ port: 0, hostname: "127.0.0.1", accountId: "000000000000" });
    return { port: server.address().port, stop: () => (server.closeAllConnections(), server.close()) };
  },
}[name];

const servers = new Map();
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [what, port] = line.split(" ");
  if (what === "start") {
    const server = await start();
    servers.set(String(server.port), server);
    console.log(server.port);
  } else if (what === "stop") {
    servers.get(port).stop();
    servers.delete(port);
  }
}
process.exit(0);
