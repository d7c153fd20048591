using System.Net;
using System.Net.Http.Headers;
using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Admin;

/// <summary>Streams a deploy; its length is known, so nothing is buffered.</summary>
internal sealed class DeployContent : HttpContent
{
    private readonly DeployBody _body;

    public DeployContent(DeployBody body)
    {
        _body = body;
        // Without this type Node-RED ignores the body and answers unexpected_error.
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _body.WriteToAsync(stream, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        _body.WriteToAsync(stream, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
