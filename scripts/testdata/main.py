"""Called by scripts/make-spki-vectors: writes the vectors below a folder, and says how many."""

import collections
import sys

import addresses
import forms
import mistakes
import spki_vectors

root = sys.argv[1]
broken, good = spki_vectors.make(root)
made = forms.make(root)
known = addresses.make(root)
wrong = mistakes.make(root)

print(f"spki/broken.json: {len(broken)} cases")
for code, count in collections.Counter(c["code"] for c in broken).items():
    print(f"  {code}: {count}")
print(f"spki/good.json: {len(good)} keys")
print(f"forms: {len(made)} files")
print("addresses.json: " + ", ".join(f"{len(rows)} {name}" for name, rows in known.items()))
print(f"address-mistakes.json: {len(wrong)} claims")
