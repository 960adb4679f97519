/// The number of a stream: odd where the client opened it (RFC 9113, section 5.1.1).
package typealias HTTP2StreamID = Int32
