using Pipelines.NodeRed.Admin;

namespace Pipelines.Tests.NodeRed;

/// <summary>A Node-RED that sits the exam: headless, with a token, runtimeState enabled, and empty at the start.</summary>
public interface INodeRedUnderTest : IAsyncDisposable
{
    /// <summary>Name, URLs and token.</summary>
    AdminEndpoint Endpoint { get; }

    /// <summary>Its apiMaxLength in bytes, small enough to exceed in a test.</summary>
    long ApiMaxLength { get; }

    /// <summary>A field of a node's credentials as it is stored (see <c>CredentialFile</c>), or null. No API tells.</summary>
    Task<string?> SecretAsync(string nodeId, string field);
}
