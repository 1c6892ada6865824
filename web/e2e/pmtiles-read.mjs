// Reads an archive through the npm package pmtiles, as map clients do, and
// prints JSON: the header, the metadata, and the SHA-256 of each of the tiles
// named on standard input, one "z/x/y" a line; null where the archive has none.
// Usage: pmtiles-read.mjs FILE < addresses
import {createHash} from 'node:crypto';
import {open} from 'node:fs/promises';
import {text} from 'node:stream/consumers';
import {gunzipSync} from 'node:zlib';
import {Compression, PMTiles} from 'pmtiles';

const file = await open(process.argv[2]);
const source = {
  getKey: () => process.argv[2],
  getBytes: async (offset, length) => {
    const {buffer, bytesRead} = await file.read(Buffer.alloc(length), 0, length, offset);
    return {data: buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + bytesRead)};
  },
};

// The streams that the package would use are slow for small tiles.
const decompress = async (data, compression) => {
  if (compression !== Compression.Gzip) throw new Error(`compression ${compression}`);
  const plain = gunzipSync(data);
  return plain.buffer.slice(plain.byteOffset, plain.byteOffset + plain.byteLength);
};

const archive = new PMTiles(source, undefined, decompress);
const tiles = {};
for (const address of (await text(process.stdin)).split('\n').filter(Boolean)) {
  const [z, x, y] = address.split('/').map(Number);
  const tile = await archive.getZxy(z, x, y);
  tiles[address] = tile ? createHash('sha256').update(Buffer.from(tile.data)).digest('hex') : null;
}
console.log(JSON.stringify({header: await archive.getHeader(), metadata: await archive.getMetadata(), tiles}));
await file.close();
