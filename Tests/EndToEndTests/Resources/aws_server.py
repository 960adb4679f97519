"""AWS on loopback (moto) for one test; a role can be assumed with one external ID only.

    aws_server.py EXTERNAL_ID     prints its port, serves until its input ends

moto looks at no trust policy: the condition `sts:ExternalId` of the role's is checked here, as AWS
would.
"""

import io
import sys
import threading
import urllib.parse

from moto import server
from werkzeug import serving

EXTERNAL_ID = sys.argv[1]

DENIED = b"""<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>
<Type>Sender</Type><Code>AccessDenied</Code>
<Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>"""


class TrustPolicy:
    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = io.BytesIO(body)
        form = urllib.parse.parse_qs(body.decode("utf-8", "replace"))
        if form.get("Action") == ["AssumeRole"] and form.get("ExternalId") != [EXTERNAL_ID]:
            start_response("403 Forbidden", [("content-type", "text/xml")])
            return [DENIED]
        return self.application(environ, start_response)


application = TrustPolicy(server.DomainDispatcherApplication(server.create_backend_app))
aws = serving.make_server("127.0.0.1", 0, application, threaded=True)
threading.Thread(target=aws.serve_forever, daemon=True).start()
print(aws.server_port, flush=True)
sys.stdin.read()
