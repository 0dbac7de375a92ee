// Long enough for every letter of a document, small enough to send over a phone.
const longestSide = 1800;
const mostCharacters = 3_000_000;

/** The picture as a JPEG data URI that fits; null for what is no picture. */
export async function shrink(file) {
  let bitmap;
  try { bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }); } catch { return null; }
  for (let side = longestSide; side >= 400; side *= 0.75) {
    const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const pen = canvas.getContext("2d");
    // A transparent picture would turn black.
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const uri = canvas.toDataURL("image/jpeg", 0.86);
    if (uri.length <= mostCharacters) return uri;
  }
  return null;
}
