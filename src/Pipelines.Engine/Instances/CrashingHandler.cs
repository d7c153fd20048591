#if FAULT_HOOKS
using System.Net;
using Pipelines.Engine.Durable;

namespace Pipelines.Engine.Instances;

/// <summary>The crash points around every call to a Node-RED.</summary>
internal sealed class CrashingHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly string[] Paths = ["/context/node/", "/flows/state", "/flows", "/settings", "/nodes", "/diagnostics"];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        var what = $"{request.Method} {Array.Find(Paths, known => path.Contains(known, StringComparison.Ordinal)) ?? "elsewhere"}";
        CrashPoint.Here("call.before", what);
        if (request.Content is { } content && CrashPoint.IsArmed)
        {
            request.Content = new WatchedContent(content, what);
        }

        var response = await base.SendAsync(request, cancellationToken);
        CrashPoint.Here("call.after", what);
        return response;
    }

    /// <summary>The place where all was sent and nothing was answered.</summary>
    private sealed class WatchedContent : HttpContent
    {
        private readonly HttpContent _content;
        private readonly string _what;

        public WatchedContent(HttpContent content, string what)
        {
            (_content, _what) = (content, what);
            foreach (var header in content.Headers)
            {
                Headers.TryAddWithoutValidation(header.Key, header.Value);
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await _content.CopyToAsync(stream, context, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            CrashPoint.Here("call.sent", _what);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _content.Headers.ContentLength ?? 0;
            return _content.Headers.ContentLength is not null;
        }
    }
}
#endif
