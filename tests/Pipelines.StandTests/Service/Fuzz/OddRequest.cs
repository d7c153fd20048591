using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;

namespace Pipelines.ServiceTests.Fuzz;

/// <summary>A request of an operation that is wrong in some ways, or just odd.</summary>
internal sealed partial class OddRequest(Odd odd, AccessPlant plant)
{
    private const int Longest = 8000;

    private static readonly string[] Types =
        ["text/plain", "application/xml", "application/json; charset=utf-16", "application/json;;", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/cloudevents+json", "a", "*/*"];

    private static readonly HttpMethod[] Methods = [HttpMethod.Get, HttpMethod.Post, HttpMethod.Put, HttpMethod.Patch, HttpMethod.Delete, HttpMethod.Options, HttpMethod.Head, new("BREW")];

    /// <param name="mayDelete">Whether what the plant has may be taken from it: there is one of each.</param>
    public HttpRequestMessage Of(Operation operation, bool mayDelete)
    {
        // As it is written: no library makes sense of it first. What is longer than Kestrel reads never comes to us.
        var method = odd.OneIn(20) ? odd.Of(Methods) : operation.Method;
        var address = $"{PathOf(operation, isSafe: mayDelete || method != HttpMethod.Delete)}{QueryOf(operation)}";
        var uri = new Uri($"{plant.Service.Url.ToString().TrimEnd('/')}{(address.Length > Longest ? address[..Longest].TrimEnd('%') : address)}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var body = operation.Body is not null || odd.OneIn(10) ? BodyOf(operation) : null;
        var request = operation.Path == "/hooks/{pipeline}" ? plant.Service.Delivery($"msg_{Guid.NewGuid():N}", pipeline: "line", bytes: body) : new HttpRequestMessage { Content = body is null ? null : new ByteArrayContent(body) };
        request.RequestUri = uri;
        request.Method = method;
        if (request.Content is { } content)
        {
            content.Headers.ContentType = odd.OneIn(15) ? null : new MediaTypeHeaderValue("application/json");
            if (odd.OneIn(15))
            {
                content.Headers.Remove("Content-Type");
                content.Headers.TryAddWithoutValidation("Content-Type", odd.Of(Types));
            }
        }

        foreach (var header in operation.Headers.Concat(["Accept", "If-None-Match", "Range"]).Where(_ => odd.OneIn(4)))
        {
            request.Headers.TryAddWithoutValidation(header, new string([.. odd.Text().Take(300).Where(x => x is >= ' ' and <= '~')]));
        }

        return request;
    }

    private string PathOf(Operation operation, bool isSafe)
    {
        var good = odd.OneIn(2) ? plant.Line : plant.OtherLine;
        return !isSafe || odd.OneIn(3) ? Place().Replace(operation.Path, _ => odd.Segment()) : odd.OneIn(40) ? $"{good.PathOf(operation.Path)}/{odd.Segment()}" : good.PathOf(operation.Path);
    }

    private string QueryOf(Operation operation)
    {
        var names = operation.Queries.Where(_ => odd.OneIn(2)).ToList();
        if (odd.OneIn(20))
        {
            names.AddRange(["", "x", .. operation.Queries, .. operation.Queries]);
        }

        var query = string.Join('&', names.Select(x => odd.OneIn(10) ? x : $"{x}={Uri.EscapeDataString(Shortened(odd.OneIn(2) ? odd.Text() : odd.Of((string[])["1", "200", "true", "line", "succeeded", "0", "-1"])))}"));
        return query.Length == 0 ? "" : $"?{(query.Length > 6000 ? query[..6000].TrimEnd('%') : query)}";
    }

    // What a string holds that is no text cannot be escaped; as bytes it can.
    private static string Shortened(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Length > 500 ? text[..500] : text));

    private byte[] BodyOf(Operation operation)
    {
        var fields = operation.Fields().Where(_ => !odd.OneIn(4)).Select(x => $"\"{x.Name}\":{(odd.OneIn(3) ? odd.Json() : Usual(x.Name, x.Kind))}").ToList();
        if (odd.OneIn(8))
        {
            fields.Add($"{odd.Quoted(odd.OneIn(2) ? odd.Text() : Almost(operation))}:{odd.Json()}");
        }

        var bytes = Encoding.UTF8.GetBytes(odd.OneIn(8) ? odd.Json() : $"{{{string.Join(',', fields)}}}");
        return odd.OneIn(6) ? odd.Spoilt(bytes) : odd.OneIn(60) ? [] : bytes;
    }

    // A name is looked at further the longer it is like one that is looked for.
    private string Almost(Operation operation)
    {
        var name = odd.Of([.. operation.Fields().Select(x => x.Name), "specversion", "data", "sender"]);
        return $"{name[..odd.Of([1, 2, name.Length - 1, name.Length])]}{odd.Text()}{odd.Text()}";
    }

    // Close to what is meant, so that what lies behind the first question is asked, too.
    private string Usual(string name, string kind) => (name, kind) switch
    {
        ("pipeline", _) => "\"line\"",
        ("pipelines", _) => odd.OneIn(2) ? "[\"line\"]" : "[]",
        ("scopes", _) => "[\"read\"]",
        ("events", _) => odd.OneIn(2) ? "[\"promotion.succeeded\"]" : "[]",
        ("url", _) => "\"http://127.0.0.1:9/\"",
        ("until", _) => "\"snapshot\"",
        ("keepOldFor", _) => "\"1h\"",
        ("snapshotDigest", _) => odd.Quoted(odd.OneIn(2) ? plant.Line.Digest : new string('a', 64)),
        ("secret", _) => $"\"{ServiceUnderTest.OtherSecret}\"",
        (_, "boolean") => "true",
        (_, "array") => "[]",
        (_, "object") => "{}",
        (_, "integer" or "number") => "1",
        _ => odd.Quoted(odd.Text()),
    };

    [GeneratedRegex(@"\{\w+\}", RegexOptions.None, 1000)]
    private static partial Regex Place();
}
