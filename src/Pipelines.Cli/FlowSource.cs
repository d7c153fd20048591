using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;

namespace Pipelines.Cli;

/// <summary>Flows by what a person names them: a file, <c>-</c>, a Node-RED's admin URL, the digest of a snapshot, or an instance where there are definitions.</summary>
internal sealed partial class FlowSource(Terminal terminal, string? service = null, string? definitions = null)
{
    public async Task<FlowFile> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var content = name == "-" ? await FromStandardInputAsync(cancellationToken)
            : IsUrl(name) ? await FromUrlAsync(name, cancellationToken)
            : IsDigest(name) && !File.Exists(name) ? await FromServiceAsync(name, cancellationToken)
            : definitions is not null && InstanceSource.MayBe(name) && !Path.Exists(name) ? await new InstanceSource(terminal, definitions).ReadAsync(name, cancellationToken)
            : await FromFileAsync(name, cancellationToken);
        return FlowFile.Read(content) switch
        {
            FlowFileAnswer.Read read => read.File,
            FlowFileAnswer.Refused refused => throw new UnusableInputException($"{name}: {refused.Reason}"),
            _ => throw new InvalidOperationException("An answer is one of two."),
        };
    }

    public static bool IsUrl(string name) =>
        name.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || name.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    public AdminClient Client(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || !IsUrl(url))
        {
            throw new UnusableInputException($"'{url}' is not the URL of a Node-RED's admin API, such as http://plant-a:1880/admin.");
        }
        Access access = terminal.Environment("PIPELINES_TOKEN") is { Length: > 0 } token ? new Access.Bearer(token)
            : terminal.Environment("PIPELINES_USER") is { Length: > 0 } user ? new Access.Login(user, terminal.Environment("PIPELINES_PASSWORD") ?? "")
            : Access.Anonymous;
        return new AdminClient(AdminHandler.CreateClient(), new AdminEndpoint(uri.Authority, uri, null, access), new AdminOptions { ReadTries = 2 });
    }

    private async Task<ReadOnlyMemory<byte>> FromUrlAsync(string url, CancellationToken cancellationToken)
    {
        var reading = await Client(url).ReadFlowsAsync(cancellationToken);
        return reading is Reading<RawFlows>.Read { Value: var flows } ? flows.Bytes : throw new UnusableInputException($"{url}: {reading.Trouble}");
    }

    private async Task<ReadOnlyMemory<byte>> FromServiceAsync(string digest, CancellationToken cancellationToken)
    {
        var at = service ?? terminal.Environment("PIPELINES_SERVICE")
            ?? throw new UnusableInputException($"{digest[..8]} is a digest: name the service that holds the snapshot with --service URL or PIPELINES_SERVICE.");
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        try
        {
            using var question = new HttpRequestMessage(HttpMethod.Get, new Uri($"{at.TrimEnd('/')}/snapshots/{digest}?flows=true"));
            if (terminal.Environment("PIPELINES_SERVICE_TOKEN") is { Length: > 0 } token)
            {
                question.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }
            using var answer = await http.SendAsync(question, cancellationToken);
            return answer.StatusCode switch
            {
                HttpStatusCode.OK => await answer.Content.ReadAsByteArrayAsync(cancellationToken),
                HttpStatusCode.NotFound => throw new UnusableInputException($"{at} has no snapshot {digest[..8]}."),
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => throw new UnusableInputException($"{at} wants a token that may read: set PIPELINES_SERVICE_TOKEN."),
                var other => throw new UnusableInputException($"{at} answered {(int)other} when it was asked for the snapshot {digest[..8]}."),
            };
        }
        catch (Exception e) when (e is HttpRequestException or UriFormatException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new UnusableInputException($"{at} did not answer: {e.Message}");
        }
    }

    private async Task<ReadOnlyMemory<byte>> FromStandardInputAsync(CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await terminal.In.CopyToAsync(content, cancellationToken);
        return content.ToArray();
    }

    private static async Task<ReadOnlyMemory<byte>> FromFileAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllBytesAsync(name, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnusableInputException(Directory.Exists(name) ? $"{name} is a folder. Name a file in it." : File.Exists(name) ? $"{name} could not be read: {e.Message}" : $"{name}: there is no such file.");
        }
    }

    private static bool IsDigest(string name) => Hex().IsMatch(name);

    [GeneratedRegex("^[0-9a-f]{64}$", RegexOptions.None, 1000)]
    private static partial Regex Hex();
}
