using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Pipelines.NodeRed.Admin;
using Pipelines.NodeRed.Flows;
using Pipelines.Testing;

namespace Pipelines.Tests.NodeRed.Admin;

[TestFixture]
public sealed class LoginTests : AdminTests
{
    private int Logins => Fake.Requests.Count(request => request.Path.EndsWith("/auth/token", StringComparison.Ordinal));

    [Test]
    public async Task One_login_serves_many_requests()
    {
        var client = Client(access: new Access.Login("anna", "pass"));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.ReadFlowsAsync()));
        Assert.That(await client.ReadStateAsync(), Is.InstanceOf<Reading<FlowState>.Read>());
        Assert.That(Logins, Is.EqualTo(1));
    }

    [Test]
    public async Task A_token_that_is_refused_is_renewed_once_even_in_the_middle_of_a_deploy()
    {
        var client = Client(access: new Access.Login("anna", "pass"));
        await client.ReadFlowsAsync();
        Fake.RevokeTokens();
        var answer = await client.DeployAsync(After, null, DeployType.Full, CredentialsMap.Empty);
        Assert.That(answer, Is.EqualTo(new DeployAnswer.Took(After.Digest)));
        Assert.That(Logins, Is.EqualTo(2));
        Assert.That(Fake.Deploys, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_wrong_password_is_not_tried_until_the_user_is_locked_out()
    {
        var time = new FakeTimeProvider();
        using var http = AdminHandler.CreateClient();
        var client = new AdminClient(http, Fake.Endpoint with { Access = new Access.Login("anna", "wrong") }, new AdminOptions { RetryDelay = TimeSpan.Zero }, time);
        for (var i = 0; i < 10; i++)
        {
            Assert.That(((Reading<RawFlows>.Refused)await client.ReadFlowsAsync()).Reason, Does.Contain("access.password of plant-b").And.Not.Contain("wrong"));
        }
        Assert.That(Logins, Is.EqualTo(1));
        time.Advance(TimeSpan.FromMinutes(4));
        await client.ReadFlowsAsync();
        Assert.That(Logins, Is.EqualTo(2));
    }

    [Test]
    public void A_secret_is_in_no_text()
    {
        Assert.That($"{new Access.Bearer("s3cret")} {new Access.Login("anna", "s3cret")} {Fake.Endpoint with { Access = new Access.Bearer("s3cret") }}", Does.Not.Contain("s3cret"));
    }

    protected override void Configure(FakeNodeRedOptions options)
    {
        base.Configure(options);
        options.Users["anna"] = "pass";
    }
}
