using System.Net;
using System.Net.Http.Headers;
using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Admin;

/// <summary>Streams a deploy; its length is known, so nothing is buffered.</summary>
/// <remarks>
/// The gate is asked when all but the body's last byte has been handed over. Node-RED does nothing before the body is whole, so a process that slept
/// from its last look until now, for as long as it may have been, still changes nothing once its question is over.
/// </remarks>
internal sealed class DeployContent : HttpContent
{
    private readonly DeployBody _body;
    private readonly DeployGate? _mayStill;

    public DeployContent(DeployBody body, DeployGate? mayStill)
    {
        (_body, _mayStill) = (body, mayStill);
        // Without this type Node-RED ignores the body and answers unexpected_error.
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await _body.WriteToAsync(stream, cancellationToken);
        if (_mayStill is not null)
        {
            // What lies in our buffers would take its time after the gate.
            await stream.FlushAsync(cancellationToken);
            if (!await _mayStill(cancellationToken))
            {
                throw new HeldBackException();
            }
        }

        await stream.WriteAsync(DeployBody.End, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}

/// <summary>Whether a deploy that is about to leave may still do so.</summary>
/// <returns>False when the question it answers is over: nothing is sent that a replica would act on.</returns>
public delegate ValueTask<bool> DeployGate(CancellationToken cancellationToken);

/// <summary>The gate said no; the connection is cut in the middle of the body.</summary>
internal sealed class HeldBackException() : IOException("the question was over before the deploy had left, so it was held back");
