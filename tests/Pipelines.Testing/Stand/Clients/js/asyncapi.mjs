// Reads an AsyncAPI document with the official parser; writes what it finds wrong, and ends with 1 when that is an error.
import { readFile } from 'node:fs/promises';
import { Parser } from '@asyncapi/parser';

const { document, diagnostics } = await new Parser().parse(await readFile(process.argv[2], 'utf8'));
for (const one of diagnostics) console.log(`${one.severity} ${one.path.join('.')}: ${one.message}`);
const errors = diagnostics.filter((x) => x.severity === 0);
if (!document || errors.length > 0) process.exit(1);
console.log(`asyncapi ${document.version()}: ${document.channels().all().length} channels, ${document.operations().all().length} operations, ${document.messages().all().length} messages`);
