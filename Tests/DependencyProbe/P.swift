import GRPCInProcessTransport
import GRPCNIOTransportHTTP2Posix
import NIOEmbedded
import GRDB
import X509
import AsyncHTTPClient
import Subprocess
import Configuration
import Testing
@Test func placeholder() {}
