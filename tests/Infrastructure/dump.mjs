// Writes the syntax trees of Bicep files as one JSON object: path -> { errors: [line], tree }. A tree is { t: node type, l: line, x?: text of a leaf, f?: field, c?: children }.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Language, Parser } from 'web-tree-sitter';

await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(createRequire(import.meta.url).resolve('tree-sitter-bicep/tree-sitter-bicep.wasm')));

const files = {};
for (const path of process.argv.slice(2)) {
  const errors = [];
  const dump = (node, field) => {
    if (node.isError || node.isMissing) errors.push(node.startPosition.row + 1);
    const children = [];
    for (let i = 0; i < node.childCount; i++) {
      const child = node.child(i);
      if (child.isNamed && child.type !== 'comment') children.push(dump(child, node.fieldNameForChild(i)));
    }
    return {
      t: node.type, l: node.startPosition.row + 1,
      ...(field && { f: field }),
      ...(children.length ? { c: children } : { x: node.text }),
    };
  };
  const tree = dump(parser.parse(readFileSync(path, 'utf8')).rootNode, null);
  files[path] = { errors, tree };
}
process.stdout.write(JSON.stringify(files));
