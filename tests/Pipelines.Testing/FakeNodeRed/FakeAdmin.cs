using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Pipelines.Testing;

/// <summary>The admin API as measured on Node-RED 4.1.15, headless.</summary>
internal sealed class FakeAdmin(FakeNodeRed fake, FakeNodeRedOptions options, FakeRuntime runtime)
{
    private const int LoginsAllowed = 5;
    private readonly SemaphoreSlim _deploying = new(1, 1);
    private readonly HashSet<string> _tokens = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private int _logins;
    private int _tokenNumber;

    public void RevokeTokens()
    {
        lock (_lock)
        {
            _tokens.Clear();
        }
    }

    public async Task AnswerAsync(HttpContext context, string path)
    {
        var method = context.Request.Method;
        byte[] body = [];
        if (method == "POST")
        {
            if (context.Request.ContentLength > options.MaxLength)
            {
                await HtmlAsync(context, 413, "PayloadTooLargeError: request entity too large");
                return;
            }
            using var buffer = new MemoryStream();
            await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
            body = buffer.ToArray();
        }
        var fault = fake.Faults.Next(method, path);
        switch (fault)
        {
            case Fault.Delay delay:
                await Task.Delay(delay.For, context.RequestAborted);
                break;
            case Fault.Hang:
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                return;
            case Fault.CutBefore:
                context.Abort();
                return;
            case Fault.CutAndLate late:
                var type = context.Request.Headers["Node-RED-Deployment-Type"].ToString();
                var boot = fake.Boots;
                _ = Task.Run(async () =>
                {
                    await Task.Delay(late.After);
                    if (fake.IsAlive && fake.Boots == boot)
                    {
                        await DeployAsync(type, body, null);
                    }
                });
                context.Abort();
                return;
            case Fault.Html:
                await HtmlAsync(context, 200, "Log in");
                return;
            case Fault.Status status:
                await JsonAsync(context, status.Code, new { code = status.ErrorCode, message = status.Message });
                return;
            case Fault.BootNull:
                await JsonAsync(context, 200, (object?)null);
                return;
            case Fault.ForeignFirst foreign:
                fake.DeployForeign(foreign.Flows);
                break;
        }
        if (path == "/auth/token" && method == "POST")
        {
            await LogInAsync(context, body);
            return;
        }
        if (!Allowed(context))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"Users\", error=\"invalid_token\"";
            context.Response.StatusCode = 401;
            await context.Response.WriteAsync("Unauthorized");
            return;
        }
        await RouteAsync(context, method, path, body, fault);
    }

    public static Task NotFoundAsync(HttpContext context) => HtmlAsync(context, 404, $"Cannot {context.Request.Method} {context.Request.Path}");

    private async Task RouteAsync(HttpContext context, string method, string path, byte[] body, Fault? fault)
    {
        switch (method, path)
        {
            case ("GET", "/flows"):
                await ReadAsync(context);
                break;
            case ("POST", "/flows"):
                await PostAsync(context, body, fault);
                break;
            case ("GET", "/flows/state"):
                await JsonAsync(context, 200, new { state = runtime.State });
                break;
            case ("GET", "/settings"):
                await JsonAsync(context, 200, new { httpNodeRoot = "/", version = options.Version, user = new { username = "pipeline", permissions = "*" } });
                break;
            case ("GET", "/nodes"):
                if (!context.Request.Headers.Accept.ToString().Contains("json", StringComparison.Ordinal))
                {
                    await HtmlAsync(context, 200, "<script>node templates</script>");
                    break;
                }
                await JsonAsync(context, 200, NodeSets());
                break;
            case ("GET", "/diagnostics"):
                await DiagnosticsAsync(context);
                break;
            case ("GET", _) when path.StartsWith("/context/node/", StringComparison.Ordinal):
                var id = Uri.UnescapeDataString(path["/context/node/".Length..]);
                await JsonAsync(context, 200, runtime.Active.ContainsKey(id) ? new { memory = new { } } : new { });
                break;
            default:
                await NotFoundAsync(context);
                break;
        }
    }

    private async Task ReadAsync(HttpContext context)
    {
        var flows = runtime.Stored.Raw;
        context.Response.ContentType = "application/json; charset=utf-8";
        switch (context.Request.Headers["Node-RED-API-Version"].ToString())
        {
            case "v2":
                await context.Response.WriteAsync("{\"flows\":");
                await context.Response.Body.WriteAsync(flows.Bytes);
                await context.Response.WriteAsync($",\"rev\":\"{fake.ClaimedRevision ?? flows.Digest.ToString()}\"}}");
                break;
            case "" or "v1":
                await context.Response.Body.WriteAsync(flows.Bytes);
                break;
            default:
                await JsonAsync(context, 400, new { code = "invalid_api_version", message = "Invalid API Version requested" });
                break;
        }
    }

    private async Task PostAsync(HttpContext context, byte[] body, Fault? fault)
    {
        var type = context.Request.Headers["Node-RED-Deployment-Type"].ToString();
        if (context.Request.Headers["Node-RED-API-Version"] != "v2" || context.Request.ContentType?.StartsWith("application/json", StringComparison.Ordinal) != true)
        {
            await JsonAsync(context, 400, new { code = "unexpected_error", message = "Cannot read properties of undefined (reading 'forEach')" });
            return;
        }
        var (status, answer) = await DeployAsync(type, body, fault);
        if (fault is Fault.Twice)
        {
            (status, answer) = await DeployAsync(type, body, fault);
        }
        switch (fault)
        {
            case Fault.CutAfter:
                context.Abort();
                break;
            case Fault.HangAfter:
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                break;
            case Fault.StatusAfter after:
                await HtmlAsync(context, after.Code, "Bad gateway");
                break;
            default:
                if (answer is string html)
                {
                    await HtmlAsync(context, status, html);
                    break;
                }
                await JsonAsync(context, status, answer);
                break;
        }
    }

    private async Task<(int Status, object Answer)> DeployAsync(string type, byte[] body, Fault? fault)
    {
        JsonElement root;
        try
        {
            root = JsonSerializer.Deserialize<JsonElement>(body);
        }
        catch (JsonException e)
        {
            return (400, $"SyntaxError: {e.Message}");
        }
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("flows", out var flows) || flows.ValueKind != JsonValueKind.Array)
        {
            return (400, new { code = "unexpected_error", message = "Cannot read properties of undefined (reading 'forEach')" });
        }
        await _deploying.WaitAsync();
        try
        {
            var expected = root.TryGetProperty("rev", out var rev) ? rev.ToString() : null;
            if (expected is not null && expected != runtime.Stored.Digest.ToString())
            {
                return (409, new { code = "version_mismatch", message = "Error" });
            }
            if (fault is Fault.StoresAt at)
            {
                await at.Then;
            }
            var raw = FakeRuntime.Canonical(flows.GetRawText());
            if (fault is Fault.NoEffect)
            {
                return (200, new { rev = raw.Digest.ToString() });
            }
            var credentials = root.TryGetProperty("credentials", out var map) ? map : (JsonElement?)null;
            // The revision can be read as soon as the flows are stored, before the old ones have stopped.
            var (before, when) = (runtime.Stored.Digest, TimeProvider.System.GetUtcNow());
            runtime.Store(raw, flows, credentials);
            runtime.Stop();
            if (fault is Fault.CloseHangs hangs && runtime.State == "start")
            {
                runtime.State = "stop";
                await Task.Delay(hangs.For);
                runtime.State = "start";
            }
            // Safe mode ends with a deploy; a stop does not.
            runtime.State = runtime.State == "safe" ? "start" : runtime.State;
            runtime.Start();
            fake.Deployed(new FakeDeploy(raw.Digest, type, expected,
                credentials is { ValueKind: JsonValueKind.Object } given ? [.. given.EnumerateObject().Select(node => node.Name).Where(runtime.Stored.Contains)] : [], fake.Elapsed, before, when));
            return (200, new { rev = raw.Digest.ToString() });
        }
        finally
        {
            _deploying.Release();
        }
    }

    private async Task LogInAsync(HttpContext context, byte[] body)
    {
        if (options.Token is null && options.Users.Count == 0)
        {
            await NotFoundAsync(context);
            return;
        }
        var form = System.Text.Encoding.UTF8.GetString(body).Split('&').Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1].Replace('+', ' ')), StringComparer.Ordinal);
        if (Interlocked.Increment(ref _logins) > LoginsAllowed)
        {
            await JsonAsync(context, 500, new { error = "server_error", error_description = "Too many login attempts. Wait 10 minutes and try again" });
            return;
        }
        if (!options.Users.TryGetValue(form.GetValueOrDefault("username", ""), out var password) || password != form.GetValueOrDefault("password"))
        {
            await JsonAsync(context, 403, new { error = "invalid_grant", error_description = "Invalid resource owner credentials" });
            return;
        }
        Interlocked.Exchange(ref _logins, 0);
        string token;
        lock (_lock)
        {
            token = $"login+{++_tokenNumber}/=";
            _tokens.Add(token);
        }
        await JsonAsync(context, 200, new { access_token = token, expires_in = 604800, token_type = "Bearer" });
    }

    private bool Allowed(HttpContext context)
    {
        if (options.Token is null && options.Users.Count == 0)
        {
            return true;
        }
        var header = context.Request.Headers.Authorization.ToString();
        var token = header.StartsWith("Bearer ", StringComparison.Ordinal) ? header["Bearer ".Length..] : "";
        lock (_lock)
        {
            return token.Length > 0 && (token == options.Token || _tokens.Contains(token));
        }
    }

    private IEnumerable<object> NodeSets()
    {
        foreach (var (name, types) in CoreNodes.Sets)
        {
            yield return new { id = $"node-red/{name}", name, types, enabled = true, local = false, user = false, module = "node-red", version = options.Version };
        }
        foreach (var module in options.Modules)
        {
            var set = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["id"] = $"{module.Module}/set",
                ["name"] = "set",
                ["types"] = module.Types,
                ["enabled"] = module.Enabled,
                ["local"] = true,
                ["user"] = false,
                ["module"] = module.Module,
                ["version"] = module.Version,
            };
            if (module.Error is { } error)
            {
                set["err"] = error;
            }
            yield return set;
        }
    }

    private Task DiagnosticsAsync(HttpContext context) => options.Diagnostics
        ? JsonAsync(context, 200, new
        {
            report = "diagnostics",
            scope = "basic",
            runtime = new
            {
                version = options.Version,
                isStarted = true,
                flows = new { state = runtime.State, started = runtime.State == "start" },
                modules = options.Modules.Select(module => KeyValuePair.Create(module.Module, module.Version))
                    .Prepend(KeyValuePair.Create("node-red", options.Version)).ToDictionary(StringComparer.Ordinal),
                settings = new { available = true, apiMaxLength = options.ApiMaxLength, disableEditor = true, flowFile = "flows.json" },
            },
        })
        : JsonAsync(context, 403, new { code = "diagnostics.disabled", message = "diagnostics are disabled" });

    private static async Task JsonAsync(HttpContext context, int status, object? body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(body));
    }

    private static async Task HtmlAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync($"<!DOCTYPE html><html lang=\"en\"><body><pre>{text}</pre></body></html>");
    }
}
