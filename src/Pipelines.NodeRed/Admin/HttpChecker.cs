using System.Text;
using System.Text.Json;
using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Admin;

/// <summary>Asks one <see cref="HttpCheck"/>; the answer is null, or a sentence about what is wrong.</summary>
internal static class HttpChecker
{
    private const int Excerpt = 80;

    public static async Task<string?> AskAsync(HttpClient http, AdminEndpoint endpoint, HttpCheck check, TimeProvider time, CancellationToken cancellationToken)
    {
        var name = endpoint.Name;
        if (FlowsUrl(endpoint, check.Path) is not { } url)
        {
            return $"The check {check.Path} cannot be made: '{name}' has no flow URL. Set url of {name} in instances.yaml.";
        }
        using var patience = new CancellationTokenSource(check.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var response = await http.GetAsync(url, HttpCompletionOption.ResponseContentRead, both.Token);
            var body = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(both.Token));
            return Judge(name, check, (int)response.StatusCode, body);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"'{name}' did not answer GET {check.Path} within {check.Timeout.TotalSeconds:0.###} s. Look for a flow from that http in to an http response that never ends.";
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return $"'{name}' did not answer GET {check.Path}: {e.GetBaseException().Message.TrimEnd('.')}. Check that it runs.";
        }
    }

    internal static string? Judge(string name, HttpCheck check, int status, string body)
    {
        if (status != check.ExpectedStatus)
        {
            return $"'{name}' answered {status} to GET {check.Path}; {check.ExpectedStatus} was expected. Check the flow behind that path.";
        }
        if (check.BodyContains is { } text && !body.Contains(text, StringComparison.Ordinal))
        {
            return $"'{name}' answered GET {check.Path} without '{text}': {Short(body)}. Check the flow behind that path.";
        }
        if (check.JsonPointer is not { } pointer)
        {
            return null;
        }
        try
        {
            using var document = JsonDocument.Parse(body);
            if (Find(document.RootElement, pointer) is not { } found)
            {
                return $"'{name}' answered GET {check.Path} with nothing at {pointer}: {Short(body)}. Check the flow behind that path.";
            }
            return check.JsonEquals is { } wanted && found.SafeString() != wanted && !SameJson(found, wanted)
                ? $"'{name}' answered GET {check.Path} with {Short(found.GetRawText())} at {pointer}; {wanted} was expected. Check the flow behind that path."
                : null;
        }
        catch (JsonException)
        {
            return $"'{name}' answered GET {check.Path} with a body that is not JSON: {Short(body)}. Check the flow behind that path.";
        }
    }

    private static Uri? FlowsUrl(AdminEndpoint endpoint, string path)
    {
        var question = path.IndexOf('?', StringComparison.Ordinal);
        var url = endpoint.Flows(question < 0 ? path : path[..question]);
        return url is null || question < 0 ? url : new UriBuilder(url) { Query = path[question..] }.Uri;
    }

    private static JsonElement? Find(JsonElement root, string pointer)
    {
        if (pointer.Length == 0)
        {
            return root;
        }
        JsonElement? at = root;
        foreach (var step in pointer.TrimStart('/').Split('/').Select(part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))
        {
            at = at switch
            {
                { ValueKind: JsonValueKind.Object } thing => thing.SafeValue(step),
                { ValueKind: JsonValueKind.Array } list when int.TryParse(step, out var index) && index >= 0 && index < list.GetArrayLength() => list[index],
                _ => null,
            };
        }
        return at;
    }

    // JsonElement.ToString says "True" for true; and 1.0 is 1.
    private static bool SameJson(JsonElement found, string wanted)
    {
        try
        {
            using var document = JsonDocument.Parse(wanted);
            return JsonElement.DeepEquals(found, document.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Short(string text) => text.Length <= Excerpt ? $"'{text}'" : $"'{text[..Excerpt]}…'";
}
