// A client of the broker that is not .NET. Reads one JSON command a line, writes one JSON answer a line. It connects again when the broker was away.
//   {"do":"listen","queue":"q","keys":["#"]}   each event: {"event": routing key, "id", "headers", "body"}
//   {"do":"send","exchange":"…","properties":{…},"headers":{…},"body":"…","times":1}   each answer that comes back: {"reply": …, "correlationId"}
import amqp from 'amqplib';
import readline from 'node:readline';

const url = process.argv[2];
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const pause = () => new Promise((done) => setTimeout(done, 200));
const listening = [];
let channel;
let replies;

async function connect() {
  for (;;) {
    try {
      const connection = await amqp.connect(url);
      connection.on('error', () => {});
      const fresh = await connection.createConfirmChannel();
      fresh.on('error', () => {});
      replies = (await fresh.assertQueue('', { exclusive: true })).queue;
      await fresh.consume(replies, (m) => m && say({ reply: JSON.parse(m.content), correlationId: m.properties.correlationId, headers: m.properties.headers, type: m.properties.type, contentType: m.properties.contentType }), { noAck: true });
      connection.on('close', async () => {
        say({ closed: true });
        await connect();
      });
      channel = fresh;
      for (const one of listening) await listen(one);
      say({ connected: true });
      return;
    } catch {
      await pause();
    }
  }
}

async function listen({ queue, keys }) {
  const here = channel;
  await here.assertExchange('pipelines.events', 'topic', { durable: true });
  await here.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  for (const key of keys) await here.bindQueue(queue, 'pipelines.events', key);
  await here.consume(queue, (m) => {
    if (!m) return;
    say({ event: m.fields.routingKey, id: m.properties.messageId, type: m.properties.type, contentType: m.properties.contentType, headers: m.properties.headers, body: JSON.parse(m.content) });
    here.ack(m);
  });
  say({ listening: queue });
}

async function send({ exchange, properties = {}, headers = {}, body, times = 1, reply = true }) {
  for (let i = 0; i < times; i++) {
    channel.publish(exchange, '', Buffer.from(body), { contentType: 'application/json', persistent: true, ...(reply ? { replyTo: replies } : {}), ...properties, headers });
  }
  await channel.waitForConfirms();
  say({ sent: times });
}

await connect();
for await (const line of readline.createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  try {
    if (command.do === 'listen') {
      listening.push(command);
      await listen(command);
    } else {
      await send(command);
    }
  } catch (e) {
    say({ trouble: e.message });
  }
}
process.exit(0);
