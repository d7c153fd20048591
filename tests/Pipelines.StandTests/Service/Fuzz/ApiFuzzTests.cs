using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using NUnit.Framework;

namespace Pipelines.ServiceTests.Fuzz;

/// <summary>
/// Requests as nobody means them, to everything that the service describes: each is answered, none with a 5xx, and each refusal is a problem. A new endpoint is
/// among them by itself. <c>API_FUZZ=100000</c> is the long run, <c>API_FUZZ_SEED</c> repeats one.
/// </summary>
internal sealed class ApiFuzzTests
{
    private const int Usually = 4000;
    private const int AtOnce = 8;

    private static readonly int Requests = Setting("API_FUZZ") ?? Usually;

    [Test]
    public async Task No_request_however_odd_is_answered_with_a_fault_of_ours()
    {
        var seed = Setting("API_FUZZ_SEED") ?? Random.Shared.Next();
        TestContext.Out.WriteLine($"API_FUZZ_SEED={seed}, {Requests} requests");
        await using var plant = await AccessPlant.StartAsync("--Pipelines:Hooks:Default:RatePerMinute=0");
        var operations = Operation.AllOf(await plant.Service.GetAsync("/openapi/v1.json"));
        Assert.That(operations, Has.Count.GreaterThan(30));
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ServiceUnderTest.AdminToken);
        var answers = new ConcurrentDictionary<(string Operation, int Status), int>();
        await Parallel.ForAsync(0, Requests, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (index, cancellationToken) =>
        {
            var operation = operations[index % operations.Count];
            using var request = new OddRequest(new Odd(new Random(unchecked(seed + index))), plant).Of(operation, mayDelete: index > Requests * 0.9);
            var status = await AnswerAsync(client, request, $"API_FUZZ_SEED={seed}, request {index}", cancellationToken);
            answers.AddOrUpdate((operation.ToString(), status), 1, (_, count) => count + 1);
        });

        foreach (var operation in answers.GroupBy(x => x.Key.Operation).OrderBy(x => x.Key, StringComparer.Ordinal))
        {
            TestContext.Out.WriteLine($"{operation.Key}: {string.Join(", ", operation.OrderBy(x => x.Key.Status).Select(x => $"{x.Key.Status} x {x.Value}"))}");
        }

        Assert.That(operations.Select(x => x.ToString()), Is.SubsetOf(answers.Keys.Select(x => x.Operation).Distinct()));
        // Else the requests would be so odd that nothing but the first look at them was ever tried.
        Assert.That(operations.Count(x => answers.Keys.Any(y => y.Operation == x.ToString() && y.Status is >= 200 and < 300)), Is.GreaterThan(operations.Count / 2));
        Assert.That(plant.Service.Log.Of(3010), Is.Empty, "nothing failed unexpectedly");
        await plant.Service.ReadyAsync();
    }

    [Test]
    public async Task What_is_no_HTTP_is_refused_before_it_comes_to_us()
    {
        await using var service = await ServiceUnderTest.StartAsync(untilReady: false);
        foreach (var text in (string[])
        [
            "GET /promotions/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /promotions?x=\0 HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
            "GET /promotions HTTP/1.1\r\n\r\n",
            "POST /promotions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
            "nonsense\r\n\r\n",
        ])
        {
            Assert.That(await FirstLineAsync(service.Url, text), Does.Match(@"^HTTP/1\.1 (4\d\d|505) "), text);
        }

        Assert.That(await FirstLineAsync(service.Url, $"GET /{new string('a', 20_000)} HTTP/1.1\r\nHost: x\r\n\r\n"), Does.StartWith("HTTP/1.1 414 "));
    }

    private static async Task<int> AnswerAsync(HttpClient client, HttpRequestMessage request, string which, CancellationToken cancellationToken)
    {
        var asked = $"{which}: {request.Method} {request.RequestUri} {request.Content?.Headers.ContentType}\n{(request.Content is null ? "" : Encoding.Latin1.GetString(await request.Content.ReadAsByteArrayAsync(cancellationToken)))}";
        HttpResponseMessage response;
        try
        {
            // Its events are followed elsewhere; here their beginning is enough.
            response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new InvalidOperationException($"The connection was dropped. {asked}", e);
        }

        using (response)
        {
            var status = (int)response.StatusCode;
            var type = response.Content.Headers.ContentType?.MediaType;
            Assert.That(status, Is.LessThan(500), asked);
            if (status < 400)
            {
                if (type == "application/json")
                {
                    using var _ = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
                }
            }
            else if (request.Method != HttpMethod.Head)
            {
                var body = await response.Content.ReadAsStringAsync(cancellationToken);
                Assert.That(type, Is.EqualTo("application/problem+json"), $"{status} {body} {asked}");
                using var problem = JsonDocument.Parse(body);
                Assert.That(problem.RootElement.GetProperty("status").GetInt32(), Is.EqualTo(status), asked);
                Assert.That(problem.RootElement.GetProperty("type").GetString(), Does.StartWith("urn:pipelines:problem:"), asked);
                Assert.That(problem.RootElement.GetProperty("detail").GetString(), Is.Not.Empty, asked);
            }

            return status;
        }
    }

    private static async Task<string?> FirstLineAsync(Uri url, string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, url.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await reader.ReadLineAsync(patience.Token);
    }

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;
}
