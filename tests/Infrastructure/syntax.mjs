// Reads the path of a Bicep file from each line of the input, and answers with a line of JSON: { errors: [line], tree }.
// A tree is { t: node type, l: line, x?: text of a leaf, f?: field, c?: children }; comments are left out.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { Language, Parser } from 'web-tree-sitter';

await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(createRequire(import.meta.url).resolve('tree-sitter-bicep/tree-sitter-bicep.wasm')));

for await (const path of createInterface({ input: process.stdin })) {
  const errors = [];
  const dump = (node, field) => {
    const line = node.startPosition.row + 1;
    if (node.isError || node.isMissing) errors.push(line);
    const children = [];
    for (let i = 0; i < node.childCount; i++) {
      const child = node.child(i);
      if (child.isNamed && child.type !== 'comment') children.push(dump(child, node.fieldNameForChild(i)));
    }
    return { t: node.type, l: line, ...(field && { f: field }), ...(children.length ? { c: children } : { x: node.text }) };
  };
  const syntax = parser.parse(readFileSync(path, 'utf8'));
  const tree = dump(syntax.rootNode, null);
  syntax.delete();
  process.stdout.write(JSON.stringify({ errors, tree }) + '\n');
}
