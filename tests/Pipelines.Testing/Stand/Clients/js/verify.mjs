// Verifies a webhook with the published client of Standard Webhooks: { secret, seconds, headers, body } in, "believed" or why not out.
import { Webhook } from "standardwebhooks";

const { secret, seconds, headers, body } = JSON.parse(process.argv[2]);
// The client compares with its own clock; the test's may be another one.
Date.now = () => seconds * 1000;
try {
  new Webhook(secret).verify(body, headers);
  process.stdout.write("believed");
} catch (error) {
  process.stdout.write(error.message);
}
