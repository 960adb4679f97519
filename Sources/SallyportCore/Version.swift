internal import CBuildInfo

/// The version of this software.
package enum SallyportVersion {
  package static let current = "0.1.0"

  /// The commit it was built from: 40 hexadecimal digits, `-dirty` after them where the work tree
  /// had changes, or `unknown` outside a Git checkout.
  package static var commit: String { String(cString: sallyport_commit()) }
}
