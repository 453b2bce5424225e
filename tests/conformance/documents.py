"""Real documents of several megabytes, made on the spot: a multi-page PostScript file and a PDF with a correct cross-reference table."""
import random
import zlib


def postscript(pages=40, bytes_per_page=60_000, seed=1):
    """A conforming PostScript document whose pages each carry a hexadecimal grey image of pseudo-random pixels."""
    source = random.Random(seed)
    side = int(bytes_per_page ** 0.5)
    parts = [b"%!PS-Adobe-3.0\n%%Title: conformance document\n%%Pages: ", str(pages).encode(), b"\n%%EndComments\n"]
    for page in range(1, pages + 1):
        pixels = source.randbytes(side * side).hex().encode()
        lines = b"\n".join(pixels[i:i + 128] for i in range(0, len(pixels), 128))
        parts.append(f"%%Page: {page} {page}\ngsave 72 72 translate 400 400 scale\n/row {side} string def\n"
                     f"{side} {side} 8 [{side} 0 0 -{side} 0 {side}] {{currentfile row readhexstring pop}} image\n".encode())
        parts.append(lines)
        parts.append(b"\ngrestore showpage\n")
    parts.append(b"%%EOF\n")
    return b"".join(parts)


def pdf(pages=30, bytes_per_page=120_000, seed=2):
    """A PDF 1.4 file: one compressed grey image a page, cross-reference table and trailer in order."""
    source = random.Random(seed)
    side = int(bytes_per_page ** 0.5)
    objects = ["", ""]
    kids = []
    for _ in range(pages):
        image = zlib.compress(source.randbytes(side * side), 1)
        number = len(objects) + 1
        drawing = b"q 400 0 0 400 72 200 cm /Im Do Q"
        objects.append(f"<< /Type /XObject /Subtype /Image /Width {side} /Height {side} /ColorSpace /DeviceGray /BitsPerComponent 8 "
                       f"/Filter /FlateDecode /Length {len(image)} >>\nstream\n".encode() + image + b"\nendstream")
        objects.append(f"<< /Length {len(drawing)} >>\nstream\n".encode() + drawing + b"\nendstream")
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {number + 1} 0 R "
                       f"/Resources << /XObject << /Im {number} 0 R >> >> >>".encode())
        kids.append(f"{number + 2} 0 R")
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {pages} >>".encode()
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for index, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{index} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    for offset in offsets:
        out += f"{offset:010} 00000 n \n".encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)
