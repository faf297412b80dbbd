package client

import (
	"context"

	abcicli "github.com/cometbft/cometbft/abci/client"
	"github.com/cometbft/cometbft/abci/types"
)

// Flush returns when everything that was asked before has its answer: answers come in order.
func (c *Client) Flush(ctx context.Context) error {
	_, err := c.ask(ctx, types.ToRequestFlush())
	return err
}

// CheckTxAsync returns when the request is written. Its answer goes to the callbacks.
func (c *Client) CheckTxAsync(ctx context.Context, req *types.RequestCheckTx) (*abcicli.ReqRes, error) {
	sent, err := c.send(ctx, types.ToRequestCheckTx(req))
	if err != nil {
		return nil, err
	}
	return sent.ReqRes, nil
}

func (c *Client) Echo(ctx context.Context, message string) (*types.ResponseEcho, error) {
	response, err := c.ask(ctx, types.ToRequestEcho(message))
	return response.GetEcho(), err
}

func (c *Client) Info(ctx context.Context, req *types.RequestInfo) (*types.ResponseInfo, error) {
	response, err := c.ask(ctx, types.ToRequestInfo(req))
	return response.GetInfo(), err
}

func (c *Client) Query(ctx context.Context, req *types.RequestQuery) (*types.ResponseQuery, error) {
	response, err := c.ask(ctx, types.ToRequestQuery(req))
	return response.GetQuery(), err
}

func (c *Client) CheckTx(ctx context.Context, req *types.RequestCheckTx) (*types.ResponseCheckTx, error) {
	response, err := c.ask(ctx, types.ToRequestCheckTx(req))
	return response.GetCheckTx(), err
}

func (c *Client) InsertTx(ctx context.Context, req *types.RequestInsertTx) (*types.ResponseInsertTx, error) {
	response, err := c.ask(ctx, types.ToRequestInsertTx(req))
	return response.GetInsertTx(), err
}

func (c *Client) ReapTxs(ctx context.Context, req *types.RequestReapTxs) (*types.ResponseReapTxs, error) {
	response, err := c.ask(ctx, types.ToRequestReapTxs(req))
	return response.GetReapTxs(), err
}

func (c *Client) InitChain(ctx context.Context, req *types.RequestInitChain) (*types.ResponseInitChain, error) {
	response, err := c.ask(ctx, types.ToRequestInitChain(req))
	return response.GetInitChain(), err
}

func (c *Client) PrepareProposal(ctx context.Context, req *types.RequestPrepareProposal) (*types.ResponsePrepareProposal, error) {
	response, err := c.ask(ctx, types.ToRequestPrepareProposal(req))
	return response.GetPrepareProposal(), err
}

func (c *Client) ProcessProposal(ctx context.Context, req *types.RequestProcessProposal) (*types.ResponseProcessProposal, error) {
	response, err := c.ask(ctx, types.ToRequestProcessProposal(req))
	return response.GetProcessProposal(), err
}

func (c *Client) ExtendVote(ctx context.Context, req *types.RequestExtendVote) (*types.ResponseExtendVote, error) {
	response, err := c.ask(ctx, types.ToRequestExtendVote(req))
	return response.GetExtendVote(), err
}

func (c *Client) VerifyVoteExtension(ctx context.Context, req *types.RequestVerifyVoteExtension) (*types.ResponseVerifyVoteExtension, error) {
	response, err := c.ask(ctx, types.ToRequestVerifyVoteExtension(req))
	return response.GetVerifyVoteExtension(), err
}

func (c *Client) FinalizeBlock(ctx context.Context, req *types.RequestFinalizeBlock) (*types.ResponseFinalizeBlock, error) {
	response, err := c.ask(ctx, types.ToRequestFinalizeBlock(req))
	return response.GetFinalizeBlock(), err
}

func (c *Client) Commit(ctx context.Context, _ *types.RequestCommit) (*types.ResponseCommit, error) {
	response, err := c.ask(ctx, types.ToRequestCommit())
	return response.GetCommit(), err
}

func (c *Client) ListSnapshots(ctx context.Context, req *types.RequestListSnapshots) (*types.ResponseListSnapshots, error) {
	response, err := c.ask(ctx, types.ToRequestListSnapshots(req))
	return response.GetListSnapshots(), err
}

func (c *Client) OfferSnapshot(ctx context.Context, req *types.RequestOfferSnapshot) (*types.ResponseOfferSnapshot, error) {
	response, err := c.ask(ctx, types.ToRequestOfferSnapshot(req))
	return response.GetOfferSnapshot(), err
}

func (c *Client) LoadSnapshotChunk(ctx context.Context, req *types.RequestLoadSnapshotChunk) (*types.ResponseLoadSnapshotChunk, error) {
	response, err := c.ask(ctx, types.ToRequestLoadSnapshotChunk(req))
	return response.GetLoadSnapshotChunk(), err
}

func (c *Client) ApplySnapshotChunk(ctx context.Context, req *types.RequestApplySnapshotChunk) (*types.ResponseApplySnapshotChunk, error) {
	response, err := c.ask(ctx, types.ToRequestApplySnapshotChunk(req))
	return response.GetApplySnapshotChunk(), err
}
