internal import Crypto
internal import SallyportBytes

/// SHA-256, as lower-case hexadecimal digits: the form of every fingerprint.
func fingerprint(of bytes: [UInt8]) -> String {
  hexadecimalDigits(SHA256.hash(data: bytes))
}
