// Signs a webhook with the published client of Standard Webhooks: { secret, id, seconds, body } in, the header out.
import { Webhook } from "standardwebhooks";

const { secret, id, seconds, body } = JSON.parse(process.argv[2]);
process.stdout.write(new Webhook(secret).sign(id, new Date(seconds * 1000), body));
