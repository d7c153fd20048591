using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Pipelines.Service.Wiring;
using Pipelines.Testing;

namespace Pipelines.Tests.Service;

/// <summary>The service without a database: how it starts, how it refuses to, and what it says of itself.</summary>
internal sealed class StartTests
{
    // Nobody listens there.
    private const string Database = "--ConnectionStrings:Pipelines=Host=127.0.0.1;Port=1;Username=x;Database=x;Timeout=1";

    [Test]
    public async Task Definitions_with_mistakes_end_the_start_with_all_of_them_and_no_stack_trace()
    {
        using var folder = new Folder("instances:\n  dev: { admin: \"http://dev/admin\" }\n", "name: line\nstages:\n  - snapshot: { form: dev }\n  - valdate:\n");
        using var errors = new StringWriter();

        var code = await ServiceApp.RunAsync([Database, $"--Pipelines:Definitions={folder.Path}"], errors);

        Assert.That(code, Is.EqualTo(ServiceApp.CannotStart));
        var lines = errors.ToString().Trim().Split('\n');
        Assert.That(lines, Has.Length.GreaterThanOrEqualTo(2));
        Assert.That(lines, Is.All.Match(@"^[\w.-]+:\d+:\d+: .+"));
    }

    [Test]
    public async Task Wrong_settings_are_told_at_once_and_never_repeat_a_secret()
    {
        using var errors = new StringWriter();

        var code = await ServiceApp.RunAsync(
            [
                "--Pipelines:Transport=RabitMq", "--Pipelines:RabbitMq:Uri=http://user:hunter2@broker", "--Pipelines:Tokens:Admin=hunter2", "--Pipelines:Logs=Xml", "--Pipelines:DecisionsAtOnce=none",
                "--Pipelines:Hooks:line:Secrets:0=whsec_hunter2", "--Pipelines:Hooks:line:Secrets:1=${env:NOBODY_SETS_THIS}",
                "--Pipelines:Bus:Senders:mes:Secrets=whsec_hunter2", "--Pipelines:Bus:Senders:erp:Scopes:0=promotte",
                "--Pipelines:Webhooks:AllowedNetworks:0=10.20.0.0/99", "--Pipelines:Webhooks:AllowHttp=perhaps", "--Pipelines:Webhooks:Timeout=5m",
            ],
            errors);

        Assert.That(code, Is.EqualTo(ServiceApp.CannotStart));
        var text = errors.ToString();
        Assert.That(text, Does.Not.Contain("hunter2"));
        foreach (var setting in new[]
        {
            "ConnectionStrings:Pipelines is not set", "Pipelines:Transport is 'RabitMq'", "Pipelines:RabbitMq:Uri is no address", "Pipelines:Tokens:Admin is shorter",
            "Pipelines:Logs is 'Xml'", "Pipelines:DecisionsAtOnce is 'none'", "Pipelines:Hooks:line:Secrets:0 is no webhook secret", "Pipelines:Hooks:line:Secrets:1 points to nothing",
            "Pipelines:Bus:Senders:mes:Secrets:0 is no webhook secret", "Pipelines:Bus:Senders:erp:Scopes has 'promotte'", "Pipelines:Bus:Senders:erp says neither User nor Secrets",
            "Pipelines:Webhooks:AllowedNetworks:0 is '10.20.0.0/99'", "Pipelines:Webhooks:AllowHttp is 'perhaps'", "Pipelines:Webhooks:Timeout is '5m'",
        })
        {
            Assert.That(text, Does.Contain(setting));
        }
    }

    [Test]
    public async Task RabbitMq_without_an_address_says_which_setting_is_missing()
    {
        using var errors = new StringWriter();

        var code = await ServiceApp.RunAsync([Database, "--Pipelines:Transport=rabbitmq"], errors);

        Assert.That(code, Is.EqualTo(ServiceApp.CannotStart));
        Assert.That(errors.ToString(), Does.Contain("Pipelines:RabbitMq:Uri is not set"));
    }

    [Test]
    public async Task Without_its_database_the_service_lives_is_not_ready_says_why_and_describes_itself()
    {
        await using var service = await StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(service.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()) };
        using var live = await http.GetAsync(new Uri("/health/live", UriKind.Relative));
        using var ready = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
        using var api = await http.GetAsync(new Uri("/promotions", UriKind.Relative));

        Assert.That((int)live.StatusCode, Is.EqualTo(200));
        Assert.That((int)ready.StatusCode, Is.EqualTo(503));
        Assert.That(await ready.Content.ReadAsStringAsync(), Does.Contain("Waiting for PostgreSQL"));
        Assert.That((int)api.StatusCode, Is.EqualTo(503));
        Assert.That(api.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
        Assert.That(api.Headers.RetryAfter, Is.Not.Null);

        using var document = JsonDocument.Parse(await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)));
        Assert.That(document.RootElement.GetProperty("openapi").GetString(), Does.StartWith("3.1."));
        Golden.Verify("tests/Pipelines.Tests/golden/service/api.txt", Outline(document.RootElement));

        Assert.That(await http.GetStringAsync(new Uri("/asyncapi.yaml", UriKind.Relative)), Does.StartWith("asyncapi: \"3.1.0\""));
        var page = await http.GetStringAsync(new Uri("/docs/", UriKind.Relative));
        Assert.That(page, Does.Contain("scalar.js").And.Not.Contain("://"), "the page must work without the internet");
        using var script = await http.GetAsync(new Uri("/docs/scalar.js", UriKind.Relative));
        Assert.That((int)script.StatusCode, Is.EqualTo(200));
    }

    /// <summary>One line an operation: what it is asked with, what it answers, and which scope it takes.</summary>
    private static string Outline(JsonElement document) => string.Join('\n', document.GetProperty("paths").EnumerateObject()
        .SelectMany(path => path.Value.EnumerateObject().Select(operation =>
        {
            var description = operation.Value.TryGetProperty("description", out var text) ? text.GetString()! : "";
            var scope = description.Contains("Scope: `", StringComparison.Ordinal) ? description.Split("Scope: `")[1].Split('`')[0] : "none";
            var asked = operation.Value.TryGetProperty("parameters", out var parameters)
                ? string.Join(' ', parameters.EnumerateArray().Select(x => $"{x.GetProperty("in").GetString()}:{x.GetProperty("name").GetString()}"))
                : "";
            var answers = string.Join(' ', operation.Value.GetProperty("responses").EnumerateObject().Select(x => x.Name).Order(StringComparer.Ordinal));
            Assert.That(operation.Value.GetProperty("summary").GetString(), Is.Not.Empty);
            Assert.That(operation.Value.TryGetProperty("security", out _), Is.EqualTo(scope != "none"), path.Name);
            return $"{operation.Name.ToUpperInvariant(),-6} {path.Name,-26} scope {scope,-10} answers {answers}{(asked.Length > 0 ? $"  asks {asked}" : "")}";
        }))
        .Order(StringComparer.Ordinal));

    private static async Task<WebApplication> StartAsync()
    {
        var app = ServiceApp.Build([Database, "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Error"]);
        await app.StartAsync();
        return app;
    }

    private sealed class Folder : IDisposable
    {
        public Folder(string instances, string pipeline)
        {
            File.WriteAllText(System.IO.Path.Combine(Path, "instances.yaml"), instances);
            File.WriteAllText(System.IO.Path.Combine(Path, "line.pipeline.yaml"), pipeline);
        }

        public string Path { get; } = Directory.CreateTempSubdirectory("pipelines-start-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
